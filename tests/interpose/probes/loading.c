// Libraries that come and go, in C only: no C++ runtime is in this process until a plug-in brings one.
#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

// A plug-in's path: they lie beside the program, in plugins/.
static const char* plugin(const char* name) {
    static char path[PATH_MAX + 64];
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    require(length > 0, "the program knows its place");
    self[length] = '\0';
    snprintf(path, sizeof path, "%s/plugins/%s", dirname(self), name);
    return path;
}

static void* load_deep_binding(const char* file) {
    return dlopen(file, RTLD_NOW | RTLD_DEEPBIND);
}

static void* load_other_namespace(const char* file) {
    return dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
}

static void serve_round(void) {
    unsigned char* blocks[20];
    for (int i = 0; i < 20; ++i) {
        blocks[i] = malloc((size_t)(i + 1) * 300);
        memset(blocks[i], i, (size_t)(i + 1) * 300);
    }
    for (int i = 0; i < 20; ++i) {
        require(holds_only(blocks[i], (unsigned char)i, (size_t)(i + 1) * 300), "the block is its own");
        free(blocks[i]);
    }
}

static void load_and_unload(void) {
    for (int i = 0; i < 100; ++i) {
        void* library = dlopen(plugin("libconstructing.so"), RTLD_NOW | RTLD_LOCAL);
        require(library != NULL, "the plug-in loads");
        int (*check)(void) = (int (*)(void))dlsym(library, "constructing_check");
        require(check != NULL && check() == 0, "what its constructors allocated is whole");
        serve_round();
        require(dlclose(library) == 0, "the plug-in unloads");
    }
}

static void caller_runpath(void) {
    void* library = dlopen(plugin("librunpath.so"), RTLD_NOW);
    require(library != NULL, "the plug-in loads");
    int (*load_neighbour)(void) = (int (*)(void))dlsym(library, "load_neighbour");
    require(load_neighbour() == 42, "it finds its neighbour by its own RUNPATH");
    require(dlopen("libneighbour-that-is-not.so", RTLD_NOW) == NULL, "what is not there does not load");
    printf("%s\n", dlerror());
}

// The plug-in frees what the program allocates from now on, by whatever `free` it sees.
static void deep_binding(void) {
    for (int i = 0; i < 10; ++i) serve_round();
    void* library = dlopen(plugin("libfreeing.so"), RTLD_NOW | RTLD_DEEPBIND);
    require(library != NULL, "the plug-in loads");
    void (*free_there)(void*) = (void (*)(void*))dlsym(library, "free_there");
    for (int i = 0; i < 10; ++i) {
        serve_round();
        free_there(malloc(300));
    }
}

static void other_namespace(void) {
    for (int i = 0; i < 10; ++i) serve_round();
    void* library = dlmopen(LM_ID_NEWLM, plugin("libfreeing.so"), RTLD_NOW);
    require(library != NULL, "the plug-in loads");
    int (*allocate_there)(void) = (int (*)(void))dlsym(library, "allocate_there");
    for (int i = 0; i < 10; ++i) {
        serve_round();
        require(allocate_there() == 0, "the other namespace has its heap");
    }
}

// Large blocks from before such a load live on: they are the program's, to resize and to free.
static void around_load(void* (*load)(const char* file)) {
    unsigned char* blocks[40];
    for (int i = 0; i < 40; ++i) {
        blocks[i] = malloc(200000 + (size_t)i * 1000);
        memset(blocks[i], i, 200000);
    }
    void* library = load(plugin("libfreeing.so"));
    require(library != NULL, "the plug-in loads");
    void (*free_there)(void*) = (void (*)(void*))dlsym(library, "free_there");
    const int in_our_namespace = load == load_deep_binding;
    for (int i = 0; i < 40; ++i) {
        if (in_our_namespace) free_there(malloc(300000));
        require(holds_only(blocks[i], (unsigned char)i, 200000), "the block is its own");
        blocks[i] = realloc(blocks[i], i % 2 == 0 ? 100000 : 500000);
        require(holds_only(blocks[i], (unsigned char)i, 100000), "and stays so when it is resized");
        if (in_our_namespace && i % 4 == 3) blocks[i] = realloc(blocks[i], 100);
        free(blocks[i]);
        serve_round();
    }
}

static void deep_binding_large(void) {
    around_load(load_deep_binding);
}

static void other_namespace_large(void) {
    around_load(load_other_namespace);
}

// A C++ plug-in in a local scope: its runtime is where RTLD_NEXT does not look.
static void plugin_runs_out_of_memory(void) {
    void* library = dlopen(plugin("libthrowing.so"), RTLD_NOW | RTLD_LOCAL);
    require(library != NULL, "the plug-in loads");
    int (*out_of_memory)(void) = (int (*)(void))dlsym(library, "out_of_memory");
    for (int i = 0; i < 5; ++i) printf("%d\n", out_of_memory());
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"load_and_unload", load_and_unload},
        {"caller_runpath", caller_runpath},
        {"deep_binding", deep_binding},
        {"other_namespace", other_namespace},
        {"deep_binding_large", deep_binding_large},
        {"other_namespace_large", other_namespace_large},
        {"plugin_runs_out_of_memory", plugin_runs_out_of_memory},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
