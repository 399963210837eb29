// A .tflite in LiteRT, from raw values to what they mean.
//
//   kit::Model model("model.tflite");
//   std::vector<kit::Answer> answers = model.Predict({pixels});
//   printf("%s %g\n", answers[0].label, answers[0].score);

#ifndef MODEL_H_
#define MODEL_H_

#include <string>
#include <vector>

#include "litert_c_api.h"
#include "model_io.h"

namespace kit {

class Model {
 public:
  // Opens the file. Throws std::runtime_error where the library or the file is another one than
  // this code was made for.
  explicit Model(const std::string& file);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // What the model says of one sample: an answer for each of kReadings. `raw` has for each of
  // kInputs its values as they come, `count` of type `raw`.
  std::vector<Answer> Predict(const std::vector<const void*>& raw);

  // The outputs of the last prediction, in the order of kOutputs.
  const std::vector<std::vector<float>>& outputs() const { return outputs_; }

 private:
  void CheckLibrary();
  void MakeBuffers(LiteRtSignature signature);
  void Close();

  LiteRtEnvironment environment_ = nullptr;
  LiteRtModel model_ = nullptr;
  LiteRtOptions options_ = nullptr;
  LiteRtCompiledModel compiled_ = nullptr;
  std::vector<LiteRtTensorBuffer> fed_, given_;    // in the order of the file's signature
  std::vector<size_t> input_places_, output_places_;  // of kInputs and kOutputs among those
  std::vector<std::vector<float>> outputs_;
};

}  // namespace kit

#endif  // MODEL_H_
