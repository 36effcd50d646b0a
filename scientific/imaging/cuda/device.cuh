// What a GPU lends, as owners that give it back: memory on the device, pinned memory of the host, streams,
// marks in time, recorded work. Errors are thrown: main prints the line.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace memo::imaging {

// Programmer's errors and lost devices alike.
inline void check(cudaError_t error) {
    if (error != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
}

struct OnDevice {
    void operator()(void* memory) const { cudaFree(memory); }
};
struct Pinned {
    void operator()(void* memory) const { cudaFreeHost(memory); }
};
template <class T>
using DeviceMemory = std::unique_ptr<T[], OnDevice>;
template <class T>
using PinnedMemory = std::unique_ptr<T[], Pinned>;

template <class T>
[[nodiscard]] DeviceMemory<T> device_memory(std::size_t count) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, count * sizeof(T)));
    return DeviceMemory<T>(static_cast<T*>(memory));
}

template <class T>
[[nodiscard]] PinnedMemory<T> pinned_memory(std::size_t count) {
    void* memory = nullptr;
    check(cudaMallocHost(&memory, count * sizeof(T)));
    return PinnedMemory<T>(static_cast<T*>(memory));
}

template <class T>
[[nodiscard]] DeviceMemory<T> copied_to_device(const std::vector<T>& values) {
    DeviceMemory<T> memory = device_memory<T>(values.size());
    check(cudaMemcpy(memory.get(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
    return memory;
}

class Stream {
  public:
    Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
    ~Stream() { cudaStreamDestroy(stream_); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    [[nodiscard]] cudaStream_t get() const { return stream_; }

  private:
    cudaStream_t stream_ = nullptr;
};

// A moment in a stream.
class Mark {
  public:
    Mark() { check(cudaEventCreate(&event_)); }
    ~Mark() { cudaEventDestroy(event_); }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

    // Also while the stream's work is recorded: then at each replay.
    void set(cudaStream_t stream) {
        cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
        check(cudaStreamIsCapturing(stream, &status));
        const bool recorded = status != cudaStreamCaptureStatusNone;
        check(cudaEventRecordWithFlags(event_, stream, recorded ? cudaEventRecordExternal : cudaEventRecordDefault));
    }
    [[nodiscard]] double ms_since(const Mark& earlier) const {
        float ms = 0;
        check(cudaEventElapsedTime(&ms, earlier.event_, event_));
        return ms;
    }

  private:
    cudaEvent_t event_ = nullptr;
};

// Work recorded once and started as one, hundreds of kernels with a single call.
class Recording {
  public:
    Recording() = default;
    ~Recording() { forget(); }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    // What `enqueue()` puts into `stream`, in place of what was recorded before.
    template <class Enqueue>
    void record(cudaStream_t stream, Enqueue enqueue) {
        forget();
        cudaGraph_t graph = nullptr;
        check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        enqueue();
        check(cudaStreamEndCapture(stream, &graph));
        const cudaError_t made = cudaGraphInstantiateWithFlags(&work_, graph, 0);
        cudaGraphDestroy(graph);
        check(made);
    }
    void start(cudaStream_t stream) const { check(cudaGraphLaunch(work_, stream)); }

  private:
    void forget() {
        if (work_ != nullptr) cudaGraphExecDestroy(std::exchange(work_, nullptr));
    }

    cudaGraphExec_t work_ = nullptr;
};

}  // namespace memo::imaging
