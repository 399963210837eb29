// Runs the test vectors of vectors/ through the model: ./test_vectors

#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>

#include "files.h"
#include "model.h"
#include "vectors.h"

namespace {

const double kScore = 1e-2;  // of the score's size: how far it may be off

std::string FileOf(int vector, const char* kind, int place) {
  return "vectors/" + std::to_string(vector) + "-" + kind + "-" + std::to_string(place) + ".bin";
}

// Whether an answer is the expected one.
bool Same(const kit::Reading& reading, const kit::Answer& answer, const std::vector<float>& values,
          const kit::Expected& expected) {
  if (reading.kind == kit::kClass || reading.kind == kit::kAnomaly) {
    const double most = kScore * std::fmax(1.0, std::fabs(expected.score));
    return answer.class_index == expected.classes[0] &&
           std::fabs(answer.score - expected.score) <= most;
  }
  if (reading.kind == kit::kLabels) {
    int found = 0;
    for (int label = 0; label < reading.classes; ++label) {
      if (!kit::SaysYes(reading, values.data(), label)) continue;
      if (found >= expected.count || expected.classes[found] != label) return false;
      ++found;
    }
    return found == expected.count;
  }
  if (reading.kind == kit::kPositions) {
    std::vector<long> counts(expected.count);
    for (size_t at = 0; at < kit::Positions(reading); ++at) {
      ++counts[kit::ClassAt(reading, values.data(), at)];
    }
    long apart = 0;
    for (int at = 0; at < expected.count; ++at) apart += std::labs(counts[at] - expected.classes[at]);
    return apart <= 0.02 * kit::Positions(reading);
  }
  return true;
}

int Run() {
  kit::Model model("model.tflite");
  int wrong = 0;
  for (int number = 0; number < kit::kVectorCount; ++number) {
    std::vector<std::vector<char>> files;
    std::vector<const void*> raw;
    for (int at = 0; at < kit::kInputCount; ++at) {
      const kit::Input& input = kit::kInputs[at];
      files.push_back(ReadFile(FileOf(number, "input", at), input.count * kit::SizeOf(input.raw)));
    }
    for (const std::vector<char>& file : files) raw.push_back(file.data());
    const std::vector<kit::Answer> answers = model.Predict(raw);
    for (int at = 0; at < kit::kOutputCount; ++at) {
      const kit::Output& output = kit::kOutputs[at];
      const std::vector<char> file =
          ReadFile(FileOf(number, "output", at), output.count * sizeof(float));
      std::vector<float> expected(output.count);
      std::memcpy(expected.data(), file.data(), file.size());
      double apart = 0;
      for (size_t place = 0; place < output.count; ++place) {
        apart = std::fmax(apart, std::fabs(model.outputs()[at][place] - expected[place]));
      }
      std::printf("vector %d, output %s: off by %.3g\n", number, output.name, apart);
      wrong += !(apart <= output.tolerance);
    }
    for (int at = 0; at < kit::kReadingCount; ++at) {
      const kit::Reading& reading = kit::kReadings[at];
      const kit::Expected& expected = kit::kExpected[number * kit::kReadingCount + at];
      if (Same(reading, answers[at], model.outputs()[reading.output], expected)) continue;
      std::printf("vector %d: another answer than expected\n", number);
      ++wrong;
    }
  }
  std::puts(wrong ? "Some outputs or answers are not as expected." : "All vectors are as expected.");
  return wrong > 0;
}

}  // namespace

int main() {
  try {
    return Run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
