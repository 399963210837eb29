// What the test vectors should be read as.

#ifndef VECTORS_H_
#define VECTORS_H_

namespace kit {

struct Expected {
  const long* classes;  // the class; the labels that are said yes to; how many positions of each
  int count;
  double score;
};

extern const int kVectorCount;
extern const Expected kExpected[];  // of each vector, for each of kReadings

}  // namespace kit

#endif  // VECTORS_H_
