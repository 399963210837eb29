// The test vectors, in flash.

#ifndef VECTOR_DATA_H_
#define VECTOR_DATA_H_

namespace kit {

// Of vector v and input i the raw values are kRaw[v * kInputCount + i], of the type that the input
// has; of output o the expected values are kReal[v * kOutputCount + o].
extern const void* const kRaw[];
extern const float* const kReal[];

}  // namespace kit

#endif  // VECTOR_DATA_H_
