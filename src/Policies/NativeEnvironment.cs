namespace MtrlFunctional;

/// <summary>Variables of the environment as native libraries of this process read them.</summary>
/// <remarks>On Windows .NET changes the process's variables, as Unity's runtimes do everywhere; elsewhere it keeps
/// changes to itself, and the C library makes them.</remarks>
internal static class NativeEnvironment
{
    internal static void Set(string name, string value) => Set(name, value, overwrite: true);

    /// <summary>Sets a variable that the user has not set.</summary>
    internal static void SetDefault(string name, string value) => Set(name, value, overwrite: false);

    private static void Set(string name, string value, bool overwrite)
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            try
            {
                _ = setenv(name, value, overwrite ? 1 : 0);
                return;
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A platform whose C library has another name: what its .NET does is what there is.
            }

        if (overwrite || Environment.GetEnvironmentVariable(name) is null)
            Environment.SetEnvironmentVariable(name, value);
    }

    [DllImport("libc")]
    private static extern int setenv(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
