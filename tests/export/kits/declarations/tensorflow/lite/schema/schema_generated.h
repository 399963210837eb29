// tests: declarations of what kits call of TFLite Micro, so that they compile without it.
#ifndef DECLARED_SCHEMA_H_
#define DECLARED_SCHEMA_H_
#define TFLITE_SCHEMA_VERSION (3)
namespace tflite {
struct Model {
  unsigned int version() const;
};
const Model* GetModel(const void* buffer);
}  // namespace tflite
#endif
