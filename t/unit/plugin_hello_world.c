/* The plugin brings its own test; here it runs with all the others. */
#include "../../plugins/hello-world/t/plugin.c"
