/* A library, but no plugin. */
__attribute__((visibility("default"))) int plugin_init(void);

int plugin_init(void)
{
	return 0;
}
