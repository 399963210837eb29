// The model in TFLite Micro, from raw values to what they mean.
//
//   kit::SetUp();  // once
//   const void* raw[] = {pixels};
//   if (kit::Predict(raw)) {
//     const kit::Answer answer = kit::AnswerAt(0);
//   }
//
// Memory is static: the arena (kArenaBytes of micro_config.h) and a float for each output value.

#ifndef MICRO_MODEL_H_
#define MICRO_MODEL_H_

#include "model_io.h"

namespace kit {

// Prepares the model; false, with a line in the log, where that fails: the arena is too small, or
// the library lacks an operator.
bool SetUp();

// Runs one sample: for each of kInputs its values as they come. They are used by AnswerAt.
bool Predict(const void* const* raw);

// The values of an output, after Predict.
const float* Values(int output);

// What the values mean, for each of kReadings, after Predict.
Answer AnswerAt(int reading);

// Runs the test vectors, and logs how far each output is off; true where all are as expected.
bool TestVectors();

}  // namespace kit

#endif  // MICRO_MODEL_H_
