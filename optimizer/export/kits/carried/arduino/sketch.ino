// Runs the test vectors and prints how far each output is off; then put your own data in.
//
// Install a TFLite Micro library from the library manager, such as Chirale_TensorFlowLite, and
// include its header here if the build does not find tensorflow/lite/... by itself.

#if __has_include(<Chirale_TensorFlowLite.h>)
#include <Chirale_TensorFlowLite.h>
#elif __has_include(<TensorFlowLite.h>)
#include <TensorFlowLite.h>
#endif

#include "micro_model.h"

void setup() {
  Serial.begin(115200);
  while (!Serial && millis() < 4000) {
  }
  if (!kit::SetUp()) {
    Serial.println("The model could not be set up; the lines before say why.");
    return;
  }
  Serial.println(kit::TestVectors() ? "All vectors are as expected."
                                    : "Some vectors are not as expected.");
}

void loop() {
  // static uint8_t pixels[...];  // raw values, of kit::kInputs[0].raw
  // const void* raw[] = {pixels};
  // if (kit::Predict(raw)) Serial.println(kit::AnswerAt(0).label);
}
