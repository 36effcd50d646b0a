// Only a caller with the right RUNPATH finds this library.
int neighbour_answer(void);

int neighbour_answer(void) {
    return 42;
}
