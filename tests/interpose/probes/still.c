// Linked statically: no preload reaches it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char* block = malloc(100);
    if (block == NULL) return 1;
    strcpy(block, "still here");
    puts(block);
    free(block);
    return 0;
}
