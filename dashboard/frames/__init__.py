"""dashboard/frames/: parts of a page that more than one widget makes up."""
