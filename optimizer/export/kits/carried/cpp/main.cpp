// Says what the model makes of one sample:
//
//   ./predict INPUT.bin ...
//
// with a file for each input, of its raw values as they come, without scaling (see README.md).

#include <cstdio>
#include <exception>

#include "files.h"
#include "model.h"

namespace {

void Print(const kit::Reading& reading, const kit::Answer& answer,
           const std::vector<float>& values) {
  const char* name = kit::kOutputs[reading.output].name;
  switch (reading.kind) {
    case kit::kClass:
    case kit::kAnomaly:
      std::printf("%s: %s (%g)\n", name, answer.label ? answer.label : "?", answer.score);
      break;
    case kit::kLabels:
      std::printf("%s:", name);
      for (int label = 0; label < reading.classes; ++label) {
        if (kit::SaysYes(reading, values.data(), label)) {
          std::printf(" %s (%g)", reading.labels[label], values[label]);
        }
      }
      std::printf("\n");
      break;
    case kit::kPositions: {
      std::vector<size_t> counts(reading.classes);
      for (size_t at = 0; at < kit::Positions(reading); ++at) {
        ++counts[kit::ClassAt(reading, values.data(), at)];
      }
      for (int label = 0; label < reading.classes; ++label) {
        std::printf("%s: %s in %zu positions\n", name, reading.labels[label], counts[label]);
      }
      break;
    }
    default:
      std::printf("%s:", name);
      for (float value : values) std::printf(" %g", value);
      std::printf("\n");
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != kit::kInputCount + 1) {
    std::fprintf(stderr, "Give %d file(s) of raw values:\n", kit::kInputCount);
    for (int at = 0; at < kit::kInputCount; ++at) {
      std::fprintf(stderr, "  %s: %zu bytes\n", kit::kInputs[at].name,
                   kit::kInputs[at].count * kit::SizeOf(kit::kInputs[at].raw));
    }
    return 2;
  }
  try {
    kit::Model model("model.tflite");
    std::vector<std::vector<char>> files;
    std::vector<const void*> raw;
    for (int at = 0; at < kit::kInputCount; ++at) {
      const kit::Input& input = kit::kInputs[at];
      files.push_back(ReadFile(arguments[at + 1], input.count * kit::SizeOf(input.raw)));
    }
    for (const std::vector<char>& file : files) raw.push_back(file.data());
    const std::vector<kit::Answer> answers = model.Predict(raw);
    for (int at = 0; at < kit::kReadingCount; ++at) {
      const kit::Reading& reading = kit::kReadings[at];
      Print(reading, answers[at], model.outputs()[reading.output]);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
