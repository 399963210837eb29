// tests: writes to standard output what a kit has in flash, and what its code makes of raw values.
//
//   dump model       the array of the file
//   dump fed V I     input I of vector V as the file takes it

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "model_data.h"
#include "model_io.h"
#include "vector_data.h"

int main(int, char** arguments) {
  if (!std::strcmp(arguments[1], "model")) {
    std::fwrite(kit::kModelData, 1, kit::kModelSize, stdout);
    return reinterpret_cast<size_t>(kit::kModelData) % 16 != 0;
  }
  const int vector = std::atoi(arguments[2]), at = std::atoi(arguments[3]);
  const kit::Input& input = kit::kInputs[at];
  std::vector<char> fed(input.count * kit::SizeOf(input.type));
  kit::PrepareInput(input, kit::kVectorRaw[vector * kit::kInputCount + at], fed.data());
  std::fwrite(fed.data(), 1, fed.size(), stdout);
  return 0;
}
