// The test vectors, in flash.

#ifndef VECTOR_DATA_H_
#define VECTOR_DATA_H_

namespace kit {

// Of vector v and input i the raw values are kVectorRaw[v * kInputCount + i], of the type that the input
// has; of output o the expected values are kVectorReal[v * kOutputCount + o].
extern const void* const kVectorRaw[];
extern const float* const kVectorReal[];

}  // namespace kit

#endif  // VECTOR_DATA_H_
