// tests: declarations of what kits call of TFLite Micro, so that they compile without it.
#ifndef DECLARED_LOG_H_
#define DECLARED_LOG_H_
void MicroPrintf(const char* format, ...);
#endif
