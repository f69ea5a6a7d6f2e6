/* The plugin brings its own tests; here they run with all the others. */
#include "../../plugins/time-clock/t/time_clock.c"
