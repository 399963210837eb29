// The functions of LiteRT's C API that this kit calls, as LiteRT 2.3 has them.
//
// No package brings LiteRT's own headers, so they are declared here, from what the library exports.
// Model::Open checks the library before anything is run: it must say that it has version 1 of the
// API, and give the types and shapes of model_io.h for every input and output.

#ifndef LITERT_C_API_H_
#define LITERT_C_API_H_

#include <stddef.h>
#include <stdint.h>

extern "C" {

typedef int LiteRtStatus;  // 0: all well
typedef struct LiteRtEnvironmentT* LiteRtEnvironment;
typedef struct LiteRtModelT* LiteRtModel;
typedef struct LiteRtOptionsT* LiteRtOptions;
typedef struct LiteRtCompiledModelT* LiteRtCompiledModel;
typedef struct LiteRtSignatureT* LiteRtSignature;
typedef struct LiteRtTensorT* LiteRtTensor;
typedef struct LiteRtTensorBufferT* LiteRtTensorBuffer;
typedef const struct LiteRtTensorBufferRequirementsT* LiteRtTensorBufferRequirements;
typedef struct LiteRtAcceleratorT* LiteRtAccelerator;

enum { kLiteRtHwAcceleratorCpu = 1 };
enum { kLiteRtTensorBufferLockModeRead = 0, kLiteRtTensorBufferLockModeWrite = 1 };

typedef struct {
  int major, minor, patch;
} LiteRtApiVersion;

typedef struct {
  unsigned int rank : 7;
  unsigned int has_strides : 1;
  int32_t dimensions[8];
  uint32_t strides[8];
} LiteRtLayout;

typedef struct {
  int element_type;  // as kit::Type numbers it
  LiteRtLayout layout;
} LiteRtRankedTensorType;

LiteRtStatus LiteRtCreateEnvironment(int options, const void* values, LiteRtEnvironment* made);
void LiteRtDestroyEnvironment(LiteRtEnvironment environment);
LiteRtStatus LiteRtGetNumAccelerators(LiteRtEnvironment environment, size_t* count);
LiteRtStatus LiteRtGetAccelerator(LiteRtEnvironment environment, size_t at, LiteRtAccelerator* got);
LiteRtStatus LiteRtGetAcceleratorVersion(LiteRtAccelerator accelerator, LiteRtApiVersion* version);

LiteRtStatus LiteRtCreateModelFromFile(LiteRtEnvironment environment, const char* file,
                                       LiteRtModel* made);
void LiteRtDestroyModel(LiteRtModel model);
LiteRtStatus LiteRtGetModelSignature(LiteRtModel model, size_t at, LiteRtSignature* got);
LiteRtStatus LiteRtGetNumSignatureInputs(LiteRtSignature signature, size_t* count);
LiteRtStatus LiteRtGetNumSignatureOutputs(LiteRtSignature signature, size_t* count);
LiteRtStatus LiteRtGetSignatureInputTensorByIndex(LiteRtSignature signature, size_t at,
                                                  LiteRtTensor* got);
LiteRtStatus LiteRtGetSignatureOutputTensorByIndex(LiteRtSignature signature, size_t at,
                                                   LiteRtTensor* got);
LiteRtStatus LiteRtGetTensorIndex(LiteRtTensor tensor, uint32_t* index);
LiteRtStatus LiteRtGetRankedTensorType(LiteRtTensor tensor, LiteRtRankedTensorType* type);

LiteRtStatus LiteRtCreateOptions(LiteRtOptions* made);
void LiteRtDestroyOptions(LiteRtOptions options);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptions options, int accelerators);

LiteRtStatus LiteRtCreateCompiledModel(LiteRtEnvironment environment, LiteRtModel model,
                                       LiteRtOptions options, LiteRtCompiledModel* made);
void LiteRtDestroyCompiledModel(LiteRtCompiledModel compiled);
LiteRtStatus LiteRtCompiledModelResizeInputTensorNonStrict(LiteRtCompiledModel compiled,
                                                           size_t signature, size_t at,
                                                           const int* shape, size_t rank);
LiteRtStatus LiteRtGetCompiledModelInputTensorLayout(LiteRtCompiledModel compiled, size_t signature,
                                                     size_t at, LiteRtLayout* layout);
LiteRtStatus LiteRtGetCompiledModelOutputTensorLayouts(LiteRtCompiledModel compiled,
                                                       size_t signature, size_t count,
                                                       LiteRtLayout* layouts, bool update);
LiteRtStatus LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModel compiled,
                                                           size_t signature, size_t at,
                                                           LiteRtTensorBufferRequirements* got);
LiteRtStatus LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModel compiled,
                                                            size_t signature, size_t at,
                                                            LiteRtTensorBufferRequirements* got);
LiteRtStatus LiteRtCreateManagedTensorBufferFromRequirements(
    LiteRtEnvironment environment, const LiteRtRankedTensorType* type,
    LiteRtTensorBufferRequirements requirements, LiteRtTensorBuffer* made);
void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer buffer);
LiteRtStatus LiteRtLockTensorBuffer(LiteRtTensorBuffer buffer, void** memory, int mode);
LiteRtStatus LiteRtUnlockTensorBuffer(LiteRtTensorBuffer buffer);
LiteRtStatus LiteRtRunCompiledModel(LiteRtCompiledModel compiled, size_t signature, size_t inputs,
                                    LiteRtTensorBuffer* input_buffers, size_t outputs,
                                    LiteRtTensorBuffer* output_buffers);

}  // extern "C"

#endif  // LITERT_C_API_H_
