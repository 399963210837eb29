// tests: declarations of what kits call of TFLite Micro, so that they compile without it.
#ifndef DECLARED_SETUP_H_
#define DECLARED_SETUP_H_
namespace tflite {
void InitializeTarget();
}
#endif
