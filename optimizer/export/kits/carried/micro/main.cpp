// A program that runs the test vectors once; replace it by your own. See README.md for how to link
// it with TFLite Micro.

#include "micro_model.h"
#include "tensorflow/lite/micro/system_setup.h"

int main() {
  tflite::InitializeTarget();
  return kit::SetUp() && kit::TestVectors() ? 0 : 1;
}
