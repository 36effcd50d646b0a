/* Rounds of twenty blocks each, in labels of the program's own: `serve`, and in it `decode` around every
 * second block. */
#include <memomalloc.h>
#include <stdlib.h>

int main(void) {
    for (int round = 0; round < 20; ++round) {
        void* blocks[20];
        memo_begin("serve");
        for (int i = 0; i < 20; ++i) {
            if (i % 2 == 1) memo_begin("decode");
            blocks[i] = malloc(5000 + 16 * (size_t)i);
            if (i % 2 == 1) memo_end();
        }
        for (int i = 0; i < 20; ++i) free(blocks[i]);
        memo_end();
    }
    return 0;
}
