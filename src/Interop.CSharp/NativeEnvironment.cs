using System.Runtime.InteropServices;

namespace MtrlFunctional;

/// <summary>Variables of the environment as native libraries of this process read them; they do not see changes made through .NET.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable.</summary>
    internal static void Set(string name, string value) => _ = setenv(name, value, 1);

    /// <summary>Sets a variable that the user has not set.</summary>
    internal static void SetDefault(string name, string value) => _ = setenv(name, value, 0);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
