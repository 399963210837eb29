"""tests: prints as JSON the TFLite metadata that MediaPipe's own reader finds in a file."""

import json
import sys
import types

# The wheel of mediapipe 1.2.3 lacks this native module, which only its writer calls.
NATIVE = "mediapipe.tasks.cc.metadata.python._pywrap_metadata_version"
for end in range(3, len(NATIVE.split(".")) + 1):
    name = ".".join(NATIVE.split(".")[:end])
    sys.modules[name] = types.ModuleType(name)
setattr(sys.modules[NATIVE.rpartition(".")[0]], NATIVE.rpartition(".")[2], sys.modules[NATIVE])

from mediapipe.tasks.metadata import metadata_schema_py_generated as schema  # noqa: E402
from mediapipe.tasks.python.metadata import metadata  # noqa: E402

reader = metadata.MetadataDisplayer.with_model_file(sys.argv[1])
model = schema.ModelMetadataT.InitFromObj(
    schema.ModelMetadata.GetRootAs(reader.get_metadata_buffer(), 0)
)
[graph] = model.subgraphMetadata
[taken], [given] = graph.inputTensorMetadata, graph.outputTensorMetadata
scaling = taken.processUnits[0].options
found = {
    "licence": model.license.decode(),
    "input": taken.name.decode(),
    "mean": [float(one) for one in scaling.mean],
    "std": [float(one) for one in scaling.std],
    "files": reader.get_packed_associated_file_list(),
    "labels": reader.get_associated_file_buffer(given.associatedFiles[0].name.decode()).decode(),
}
sys.stdout.write(json.dumps(found))
