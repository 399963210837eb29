#include "model.h"

#include <stdexcept>

namespace kit {
namespace {

const int kApiVersion = 1;

void Check(LiteRtStatus status, const char* what) {
  if (status) {
    throw std::runtime_error(std::string(what) + " failed with status " + std::to_string(status));
  }
}

template <typename Facts>
size_t PlaceOf(const Facts* facts, int count, uint32_t tensor) {
  for (int at = 0; at < count; ++at) {
    if (static_cast<uint32_t>(facts[at].tensor) == tensor) return at;
  }
  throw std::runtime_error("The file has an input or output that this code does not know.");
}

template <typename Facts>
void CheckSame(const Facts& facts, const LiteRtRankedTensorType& type) {
  bool same = type.element_type == facts.type &&
              static_cast<int>(type.layout.rank) == facts.rank;
  for (int at = 0; same && at < facts.rank; ++at) {
    same = type.layout.dimensions[at] == facts.shape[at];
  }
  if (!same) {
    throw std::runtime_error(std::string(facts.name) +
                             " has another type or shape in this file, or in this LiteRT.");
  }
}

}  // namespace

Model::Model(const std::string& file) : outputs_(kOutputCount) {
  try {
    Check(LiteRtCreateEnvironment(0, nullptr, &environment_), "LiteRtCreateEnvironment");
    CheckLibrary();
    Check(LiteRtCreateModelFromFile(environment_, file.c_str(), &model_), "Opening the file");
    Check(LiteRtCreateOptions(&options_), "LiteRtCreateOptions");
    Check(LiteRtSetOptionsHardwareAccelerators(options_, kLiteRtHwAcceleratorCpu), "Asking for CPU");
    Check(LiteRtCreateCompiledModel(environment_, model_, options_, &compiled_), "Compiling");
    LiteRtSignature signature = nullptr;
    Check(LiteRtGetModelSignature(model_, 0, &signature), "LiteRtGetModelSignature");
    MakeBuffers(signature);
  } catch (...) {
    Close();
    throw;
  }
}

Model::~Model() { Close(); }

void Model::Close() {
  for (LiteRtTensorBuffer buffer : fed_) LiteRtDestroyTensorBuffer(buffer);
  for (LiteRtTensorBuffer buffer : given_) LiteRtDestroyTensorBuffer(buffer);
  if (compiled_) LiteRtDestroyCompiledModel(compiled_);
  if (options_) LiteRtDestroyOptions(options_);
  if (model_) LiteRtDestroyModel(model_);
  if (environment_) LiteRtDestroyEnvironment(environment_);
}

void Model::CheckLibrary() {
  size_t count = 0;
  Check(LiteRtGetNumAccelerators(environment_, &count), "LiteRtGetNumAccelerators");
  for (size_t at = 0; at < count; ++at) {
    LiteRtAccelerator accelerator = nullptr;
    LiteRtApiVersion version = {0, 0, 0};
    Check(LiteRtGetAccelerator(environment_, at, &accelerator), "LiteRtGetAccelerator");
    Check(LiteRtGetAcceleratorVersion(accelerator, &version), "LiteRtGetAcceleratorVersion");
    if (version.major == kApiVersion) return;
  }
  throw std::runtime_error("This LiteRT has another API than version 1, which litert_c_api.h has.");
}

void Model::MakeBuffers(LiteRtSignature signature) {
  size_t inputs = 0, outputs = 0;
  Check(LiteRtGetNumSignatureInputs(signature, &inputs), "LiteRtGetNumSignatureInputs");
  Check(LiteRtGetNumSignatureOutputs(signature, &outputs), "LiteRtGetNumSignatureOutputs");
  if (inputs != static_cast<size_t>(kInputCount) || outputs != static_cast<size_t>(kOutputCount)) {
    throw std::runtime_error("The file has other inputs or outputs than this code was made for.");
  }
  std::vector<LiteRtRankedTensorType> types(inputs);
  input_places_.resize(inputs);
  for (size_t at = 0; at < inputs; ++at) {
    LiteRtTensor tensor = nullptr;
    uint32_t index = 0;
    Check(LiteRtGetSignatureInputTensorByIndex(signature, at, &tensor), "Finding an input");
    Check(LiteRtGetTensorIndex(tensor, &index), "LiteRtGetTensorIndex");
    const size_t place = PlaceOf(kInputs, kInputCount, index);
    const Input& facts = kInputs[place];
    input_places_[place] = at;
    Check(LiteRtGetRankedTensorType(tensor, &types[at]), "LiteRtGetRankedTensorType");
    bool resized = false;
    for (int axis = 0; axis < facts.rank; ++axis) {
      resized = resized || types[at].layout.dimensions[axis] != facts.shape[axis];
    }
    if (resized) {
      const std::vector<int> shape(facts.shape, facts.shape + facts.rank);
      Check(LiteRtCompiledModelResizeInputTensorNonStrict(compiled_, 0, at, shape.data(),
                                                          shape.size()),
            "Resizing an input");
    }
  }
  for (size_t place = 0; place < inputs; ++place) {
    const size_t at = input_places_[place];
    Check(LiteRtGetCompiledModelInputTensorLayout(compiled_, 0, at, &types[at].layout),
          "LiteRtGetCompiledModelInputTensorLayout");
    CheckSame(kInputs[place], types[at]);
  }
  for (size_t at = 0; at < inputs; ++at) {
    LiteRtTensorBufferRequirements needs = nullptr;
    LiteRtTensorBuffer buffer = nullptr;
    Check(LiteRtGetCompiledModelInputBufferRequirements(compiled_, 0, at, &needs), "An input");
    Check(LiteRtCreateManagedTensorBufferFromRequirements(environment_, &types[at], needs, &buffer),
          "Making an input");
    fed_.push_back(buffer);
  }
  std::vector<LiteRtLayout> layouts(outputs);
  Check(LiteRtGetCompiledModelOutputTensorLayouts(compiled_, 0, outputs, layouts.data(), true),
        "LiteRtGetCompiledModelOutputTensorLayouts");
  output_places_.resize(outputs);
  for (size_t at = 0; at < outputs; ++at) {
    LiteRtTensor tensor = nullptr;
    uint32_t index = 0;
    LiteRtRankedTensorType type;
    Check(LiteRtGetSignatureOutputTensorByIndex(signature, at, &tensor), "Finding an output");
    Check(LiteRtGetTensorIndex(tensor, &index), "LiteRtGetTensorIndex");
    Check(LiteRtGetRankedTensorType(tensor, &type), "LiteRtGetRankedTensorType");
    type.layout = layouts[at];
    const size_t place = PlaceOf(kOutputs, kOutputCount, index);
    CheckSame(kOutputs[place], type);
    output_places_[place] = at;
    LiteRtTensorBufferRequirements needs = nullptr;
    LiteRtTensorBuffer buffer = nullptr;
    Check(LiteRtGetCompiledModelOutputBufferRequirements(compiled_, 0, at, &needs), "An output");
    Check(LiteRtCreateManagedTensorBufferFromRequirements(environment_, &type, needs, &buffer),
          "Making an output");
    given_.push_back(buffer);
  }
}

std::vector<Answer> Model::Predict(const std::vector<const void*>& raw) {
  if (raw.size() != static_cast<size_t>(kInputCount)) {
    throw std::runtime_error("The model takes another number of inputs.");
  }
  for (int place = 0; place < kInputCount; ++place) {
    LiteRtTensorBuffer buffer = fed_[input_places_[place]];
    void* memory = nullptr;
    Check(LiteRtLockTensorBuffer(buffer, &memory, kLiteRtTensorBufferLockModeWrite), "Feeding");
    PrepareInput(kInputs[place], raw[place], memory);
    Check(LiteRtUnlockTensorBuffer(buffer), "Feeding");
  }
  Check(LiteRtRunCompiledModel(compiled_, 0, fed_.size(), fed_.data(), given_.size(),
                               given_.data()),
        "Running the model");
  for (int place = 0; place < kOutputCount; ++place) {
    LiteRtTensorBuffer buffer = given_[output_places_[place]];
    void* memory = nullptr;
    outputs_[place].resize(kOutputs[place].count);
    Check(LiteRtLockTensorBuffer(buffer, &memory, kLiteRtTensorBufferLockModeRead), "Reading");
    ReadOutput(kOutputs[place], memory, outputs_[place].data());
    Check(LiteRtUnlockTensorBuffer(buffer), "Reading");
  }
  std::vector<Answer> answers;
  for (int at = 0; at < kReadingCount; ++at) {
    const Reading& reading = kReadings[at];
    const void* rebuilt = reading.rebuilds < 0 ? nullptr : raw[reading.rebuilds];
    answers.push_back(ReadAnswer(reading, outputs_[reading.output].data(), rebuilt));
  }
  return answers;
}

}  // namespace kit
