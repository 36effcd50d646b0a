// The smallest audit library: that it is there makes the loader work in another order, with less static TLS.
#define _GNU_SOURCE
#include <link.h>

unsigned int la_version(unsigned int version) {
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}
