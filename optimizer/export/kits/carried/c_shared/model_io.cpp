#include "model_io.h"

#include <math.h>
#include <string.h>

namespace kit {
namespace {

template <typename T>
T At(const void* values, size_t place) {
  T value;
  memcpy(&value, static_cast<const char*>(values) + place * sizeof(T), sizeof(T));
  return value;
}

double RawAt(Type type, const void* values, size_t place) {
  switch (type) {
    case kFloat32: return At<float>(values, place);
    case kFloat64: return At<double>(values, place);
    case kUInt8:
    case kBool: return At<uint8_t>(values, place);
    case kInt8: return At<int8_t>(values, place);
    case kUInt16: return At<uint16_t>(values, place);
    case kInt16: return At<int16_t>(values, place);
    case kUInt32: return At<uint32_t>(values, place);
    case kInt32: return At<int32_t>(values, place);
    case kUInt64: return static_cast<double>(At<uint64_t>(values, place));
    case kInt64: return static_cast<double>(At<int64_t>(values, place));
  }
  return 0;
}

template <typename T>
void Put(void* values, size_t place, double value) {
  const T stored = static_cast<T>(value);
  memcpy(static_cast<char*>(values) + place * sizeof(T), &stored, sizeof(T));
}

void Store(Type type, void* values, size_t place, double value) {
  switch (type) {
    case kFloat32: Put<float>(values, place, value); break;
    case kFloat64: Put<double>(values, place, value); break;
    case kUInt8:
    case kBool: Put<uint8_t>(values, place, value); break;
    case kInt8: Put<int8_t>(values, place, value); break;
    case kUInt16: Put<uint16_t>(values, place, value); break;
    case kInt16: Put<int16_t>(values, place, value); break;
    case kUInt32: Put<uint32_t>(values, place, value); break;
    case kInt32: Put<int32_t>(values, place, value); break;
    case kUInt64: Put<uint64_t>(values, place, value); break;
    case kInt64: Put<int64_t>(values, place, value); break;
  }
}

struct Limits {
  double low, high;
};

Limits LimitsOf(Type type) {
  switch (type) {
    case kUInt8: return {0, 255};
    case kInt8: return {-128, 127};
    case kUInt16: return {0, 65535};
    case kInt16: return {-32768, 32767};
    default: return {-2147483648.0, 2147483647.0};
  }
}

// Scales single values; where a sample is standardized by itself, measured over all of it before.
class Scaler {
 public:
  Scaler(const Scaling* scaling, Type raw, const void* values, size_t count)
      : scaling_(scaling), raw_(raw), values_(values), mean_(0), spread_(1) {
    if (!scaling || !scaling->by_itself) return;
    double sum = 0, squares = 0;
    for (size_t at = 0; at < count; ++at) sum += RawAt(raw, values, at);
    mean_ = sum / count;
    for (size_t at = 0; at < count; ++at) {
      const double apart = RawAt(raw, values, at) - mean_;
      squares += apart * apart;
    }
    spread_ = sqrt(squares / count);
    if (spread_ < 1e-7) spread_ = 1e-7;
  }

  double At(size_t at) const {
    if (!scaling_) return RawAt(raw_, values_, at);
    if (scaling_->by_itself) return static_cast<float>((RawAt(raw_, values_, at) - mean_) / spread_);
    size_t from = at;
    if (scaling_->reversed) {
      const size_t channel = at % scaling_->reversed;
      from = at - channel + (scaling_->reversed - 1 - channel);
    }
    const double x = RawAt(raw_, values_, from);
    const double less = scaling_->subtract[at % scaling_->subtracts];
    const double over = scaling_->divide[at % scaling_->divides];
    if (scaling_->in_double) return static_cast<float>((x / scaling_->first - less) / over);
    const float first = static_cast<float>(x) / static_cast<float>(scaling_->first);
    const float apart = first - static_cast<float>(less);
    return apart / static_cast<float>(over);
  }

 private:
  const Scaling* scaling_;
  Type raw_;
  const void* values_;
  double mean_, spread_;
};

size_t CountOf(const Reading& reading) { return kOutputs[reading.output].count; }

float ErrorOfRebuilding(const Reading& reading, const float* values, const void* raw) {
  const Input& input = kInputs[reading.rebuilds];
  const Scaler target(reading.target, input.raw, raw, input.count);
  double sum = 0;
  for (size_t at = 0; at < input.count; ++at) {
    const double apart = static_cast<double>(values[at]) - static_cast<float>(target.At(at));
    sum += reading.squared ? apart * apart : fabs(apart);
  }
  return static_cast<float>(sum / input.count);
}

}  // namespace

size_t SizeOf(Type type) {
  switch (type) {
    case kUInt8:
    case kInt8:
    case kBool: return 1;
    case kUInt16:
    case kInt16: return 2;
    case kFloat32:
    case kUInt32:
    case kInt32: return 4;
    default: return 8;
  }
}

void PrepareInput(const Input& input, const void* raw, void* fed) {
  const Scaler scaler(input.scaling, input.raw, raw, input.count);
  const Limits limits = LimitsOf(input.type);
  for (size_t at = 0; at < input.count; ++at) {
    double value = scaler.At(at);
    if (input.takes_float) value = static_cast<float>(value);
    if (input.scale != 0) {
      // Round half to even: the default mode of the floating-point unit.
      float stored = rintf(static_cast<float>(value) / input.scale);
      stored = stored + static_cast<float>(input.zero_point);
      value = stored < limits.low ? limits.low : stored > limits.high ? limits.high : stored;
    }
    Store(input.type, fed, at, value);
  }
}

void ReadOutput(const Output& output, const void* stored, float* values) {
  for (size_t at = 0; at < output.count; ++at) {
    float value = static_cast<float>(RawAt(output.type, stored, at));
    if (output.scale != 0) value = (value - static_cast<float>(output.zero_point)) * output.scale;
    values[at] = value;
  }
}

Answer ReadAnswer(const Reading& reading, const float* values, const void* raw) {
  Answer answer = {-1, nullptr, 0};
  if (reading.kind == kClass) {
    const size_t count = CountOf(reading);
    size_t best = 0;
    for (size_t at = 1; at < count; ++at) {
      if (values[at] > values[best]) best = at;
    }
    const bool one = count == 1;
    answer.class_index = one ? values[0] > reading.threshold : static_cast<int>(best);
    answer.score = values[best];
    if (answer.class_index < reading.classes) answer.label = reading.labels[answer.class_index];
  } else if (reading.kind == kAnomaly && raw) {
    answer.score = ErrorOfRebuilding(reading, values, raw);
    answer.class_index = answer.score > reading.threshold;
    answer.label = answer.class_index ? "anomaly" : "normal";
  }
  return answer;
}

bool SaysYes(const Reading& reading, const float* values, int label) {
  return values[label] > reading.threshold;
}

size_t Positions(const Reading& reading) {
  return reading.stride ? CountOf(reading) / reading.classes : CountOf(reading);
}

int ClassAt(const Reading& reading, const float* values, size_t position) {
  if (!reading.stride) return values[position] > reading.threshold;
  // The classes lie `stride` values apart; positions before and behind them count on.
  const size_t block = position / reading.stride * reading.stride * reading.classes;
  const size_t first = block + position % reading.stride;
  int best = 0;
  for (int at = 1; at < reading.classes; ++at) {
    if (values[first + at * reading.stride] > values[first + best * reading.stride]) best = at;
  }
  return best;
}

}  // namespace kit
