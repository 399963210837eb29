// Files of raw values, as main.cpp and test_vectors.cpp read them.

#ifndef FILES_H_
#define FILES_H_

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

inline std::vector<char> ReadFile(const std::string& name, size_t bytes) {
  std::ifstream file(name, std::ios::binary);
  std::vector<char> content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  if (content.size() != bytes) {
    throw std::runtime_error(name + " has " + std::to_string(content.size()) +
                             " bytes, but " + std::to_string(bytes) + " are expected.");
  }
  return content;
}

#endif  // FILES_H_
