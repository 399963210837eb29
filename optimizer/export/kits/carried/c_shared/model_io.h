// From raw values to what the file takes, and from what it gives to what that means.
//
// The same steps, in the same order and precision, as when the file was measured. C++11, no heap,
// no exceptions, no standard containers: it runs on a microcontroller too.
//
// Compile without -ffast-math, and with -ffp-contract=off: both change how numbers are rounded.

#ifndef MODEL_IO_H_
#define MODEL_IO_H_

#include <stddef.h>
#include <stdint.h>

namespace kit {

// Of raw values, and of what the file takes and gives. The numbers are TensorFlow Lite's own.
enum Type {
  kFloat32 = 1,
  kInt32 = 2,
  kUInt8 = 3,
  kInt64 = 4,
  kBool = 6,
  kInt16 = 7,
  kInt8 = 9,
  kFloat64 = 11,
  kUInt64 = 13,
  kUInt32 = 16,
  kUInt16 = 17,
};

// ((x / first) - subtract) / divide; value i uses number i of the lists, which begin anew.
struct Scaling {
  double first;
  const double* subtract;
  size_t subtracts;
  const double* divide;
  size_t divides;
  bool in_double;         // computed in double and rounded at the end; else in float
  size_t reversed;        // so many channels are turned around before (RGB to BGR); 0: none
  bool by_itself;         // each sample by its own mean and deviation; all else does nothing then
};

struct Input {
  const char* name;
  int place;              // among the file's inputs
  int tensor;             // its index in the file
  Type type;              // what the file takes
  const int32_t* shape;
  int rank;
  size_t count;           // values, also of the raw ones
  Type raw;               // what the user has
  bool takes_float;       // whether the model takes floats, before they are quantized
  const Scaling* scaling; // null: taken as they are
  float scale;            // 0: stored values stand for themselves
  int32_t zero_point;
};

struct Output {
  const char* name;
  int place;
  int tensor;
  Type type;
  const int32_t* shape;
  int rank;
  size_t count;
  float scale;
  int32_t zero_point;
  float tolerance;        // by how much another CPU may miss a test vector
};

enum Kind { kClass, kLabels, kPositions, kValues, kAnomaly, kRaw };

struct Reading {
  int output;
  Kind kind;
  const char* const* labels;  // null: none
  int classes;                // how many labels; 0: none
  bool decides;               // whether `threshold` means something
  float threshold;            // above it, a value says yes
  size_t stride;              // of positions: values from one class to the next; 0: one decides
  int rebuilds;               // of an anomaly: the input that is rebuilt; else -1
  bool squared;               // of an anomaly: the mean of squares; else of distances
  const Scaling* target;      // of an anomaly: what its raw values are scaled by; null: nothing
};

// What one output means.
struct Answer {
  int class_index;    // of a class; of an anomaly 1 for one; else -1
  const char* label;  // of a class or an anomaly; else null
  float score;        // of a class its output; of an anomaly the error of rebuilding
};

extern const char kModelName[];
extern const char kModelSha256[];
extern const Input kInputs[];
extern const int kInputCount;
extern const Output kOutputs[];
extern const int kOutputCount;
extern const Reading kReadings[];
extern const int kReadingCount;

size_t SizeOf(Type type);  // bytes

// Raw values as the file takes them. `fed` has room for `input.count` values of `input.type`.
void PrepareInput(const Input& input, const void* raw, void* fed);

// What an output stands for. `values` has room for `output.count` floats.
void ReadOutput(const Output& output, const void* stored, float* values);

// What the values of an output mean. `raw` is the input that an anomaly detector rebuilds, else
// null.
Answer ReadAnswer(const Reading& reading, const float* values, const void* raw);

// Whether a label is said yes to, of kLabels.
bool SaysYes(const Reading& reading, const float* values, int label);

// The class of a position, of kPositions; there are `Positions(reading)` of them.
size_t Positions(const Reading& reading);
int ClassAt(const Reading& reading, const float* values, size_t position);

}  // namespace kit

#endif  // MODEL_IO_H_
