// Has RUNPATH=$ORIGIN/neighbours and loads a library from there by its bare name.
#include <dlfcn.h>
#include <stddef.h>

int load_neighbour(void);

int load_neighbour(void) {
    void* neighbour = dlopen("libneighbour.so", RTLD_NOW);
    if (neighbour == NULL) return -1;
    int (*answer)(void) = (int (*)(void))dlsym(neighbour, "neighbour_answer");
    const int result = answer == NULL ? -2 : answer();
    dlclose(neighbour);
    return result;
}
