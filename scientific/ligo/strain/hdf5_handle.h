// HDF5's handles, closed at the end of a scope, and its errors as text instead of on stderr.
// Thread safety: `Session` lets one thread at a time in; handles live within one.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace memo::ligo {

class Handle {
  public:
    using Close = herr_t (*)(hid_t);
    Handle(hid_t id, Close function) : id_(id), close_(function) {}
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    ~Handle() { static_cast<void>(close()); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }

    [[nodiscard]] bool ok() const { return id_ >= 0; }
    [[nodiscard]] hid_t id() const { return id_; }
    // False if what was written could not be.
    [[nodiscard]] bool close() { return id_ < 0 || close_(std::exchange(id_, -1)) >= 0; }

  private:
    hid_t id_;
    Close close_;
};

class Session {
  public:
    Session() : lock_(mutex()) {
        H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~Session() { H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // What HDF5 says of its last failure, where it happened.
    [[nodiscard]] static std::string reason() {
        std::string text;
        H5Ewalk2(
            H5E_DEFAULT, H5E_WALK_UPWARD,
            [](unsigned number, const H5E_error2_t* error, void* to) -> herr_t {
                if (number == 0 && error->desc != nullptr) *static_cast<std::string*>(to) = error->desc;
                return 0;
            },
            &text);
        return text.empty() ? "HDF5 does not say why" : text;
    }

  private:
    [[nodiscard]] static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }
    std::lock_guard<std::mutex> lock_;
    H5E_auto2_t printer_ = nullptr;
    void* printer_data_ = nullptr;
};

}  // namespace memo::ligo
