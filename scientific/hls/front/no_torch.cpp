// Where LibTorch was not found (torchscript.h).
#include "scientific/hls/front/torchscript.h"

namespace memo::hls {

Result<Network> read_torchscript(const std::string& path, const Shape& /*input*/) {
    return Error{path + ": hls was built without LibTorch (libtorch-dev); it reads networks as .json"};
}
bool has_torch() {
    return false;
}

}  // namespace memo::hls
