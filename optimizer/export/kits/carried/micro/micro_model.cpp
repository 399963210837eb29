#include "micro_model.h"

#include <math.h>

#include "micro_config.h"
#include "model_data.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_log.h"
#include "tensorflow/lite/schema/schema_generated.h"
#include "vector_data.h"
#include "vectors.h"

namespace kit {
namespace {

alignas(16) uint8_t arena[kArenaBytes];
float values[kValueCount];
const void* last_raw[kInputsAtMost];
tflite::MicroInterpreter* interpreter = nullptr;

float* ValuesAt(int output) {
  float* at = values;
  for (int before = 0; before < output; ++before) at += kOutputs[before].count;
  return at;
}

bool IsExpected(const TfLiteTensor* tensor, Type type, size_t count, const char* name) {
  if (tensor && static_cast<int>(tensor->type) == type && tensor->bytes == count * SizeOf(type)) {
    return true;
  }
  MicroPrintf("%s has another type or size than this code was made for.", name);
  return false;
}

}  // namespace

bool SetUp() {
  if (interpreter) return true;
  const tflite::Model* model = tflite::GetModel(kModelData);
  if (model->version() != TFLITE_SCHEMA_VERSION) {
    MicroPrintf("The file has another schema than this library.");
    return false;
  }
  static Resolver resolver;
  if (AddOperators(resolver) != kTfLiteOk) {
    MicroPrintf("This library lacks an operator of the model.");
    return false;
  }
  static tflite::MicroInterpreter made(model, resolver, arena, kArenaBytes);
  if (made.AllocateTensors() != kTfLiteOk) {
    MicroPrintf("AllocateTensors failed with an arena of %d bytes.", static_cast<int>(kArenaBytes));
    return false;
  }
  for (int at = 0; at < kInputCount; ++at) {
    const Input& input = kInputs[at];
    if (!IsExpected(made.input(input.place), input.type, input.count, input.name)) return false;
  }
  for (int at = 0; at < kOutputCount; ++at) {
    const Output& output = kOutputs[at];
    if (!IsExpected(made.output(output.place), output.type, output.count, output.name)) return false;
  }
  interpreter = &made;
  return true;
}

bool Predict(const void* const* raw) {
  if (!interpreter) return false;
  for (int at = 0; at < kInputCount; ++at) {
    last_raw[at] = raw[at];
    PrepareInput(kInputs[at], raw[at], interpreter->input(kInputs[at].place)->data.raw);
  }
  if (interpreter->Invoke() != kTfLiteOk) return false;
  for (int at = 0; at < kOutputCount; ++at) {
    const Output& output = kOutputs[at];
    ReadOutput(output, interpreter->output(output.place)->data.raw, ValuesAt(at));
  }
  return true;
}

const float* Values(int output) { return ValuesAt(output); }

Answer AnswerAt(int reading) {
  const Reading& read = kReadings[reading];
  return ReadAnswer(read, ValuesAt(read.output), read.rebuilds < 0 ? nullptr : last_raw[read.rebuilds]);
}

bool TestVectors() {
  bool right = true;
  for (int number = 0; number < kVectorCount; ++number) {
    if (!Predict(&kVectorRaw[number * kInputCount])) return false;
    for (int at = 0; at < kOutputCount; ++at) {
      const float* expected = kVectorReal[number * kOutputCount + at];
      float apart = 0;
      for (size_t place = 0; place < kOutputs[at].count; ++place) {
        apart = fmaxf(apart, fabsf(ValuesAt(at)[place] - expected[place]));
      }
      const bool near = apart <= kOutputs[at].tolerance;
      // MicroPrintf of some boards writes no floats.
      MicroPrintf("vector %d, output %d: off by %d millionths, %s", number, at,
                  static_cast<int>(apart * 1e6f), near ? "as expected" : "which is too much");
      right = right && near;
    }
    for (int at = 0; at < kReadingCount; ++at) {
      const Expected& expected = kExpected[number * kReadingCount + at];
      const bool told = kReadings[at].kind == kClass || kReadings[at].kind == kAnomaly;
      if (told && AnswerAt(at).class_index != expected.classes[0]) {
        MicroPrintf("vector %d: another class than expected", number);
        right = false;
      }
    }
  }
  MicroPrintf("%s", right ? "All vectors are as expected." : "Some outputs are not as expected.");
  return right;
}

}  // namespace kit
