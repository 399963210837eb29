"""export/kits/carried/: code that leaves in kits as it stands here, a folder for each target.

It knows nothing of Liteweigh and has no text of others in it: what is of one model is read from
`model.json`, or stands in generated tables.
"""
