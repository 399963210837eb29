// The .tflite as it was measured.

#ifndef MODEL_DATA_H_
#define MODEL_DATA_H_

#include <stddef.h>

namespace kit {

extern const unsigned char kModelData[];  // aligned for TFLite Micro
extern const size_t kModelSize;

}  // namespace kit

#endif  // MODEL_DATA_H_
