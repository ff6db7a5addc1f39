namespace TorchSharp;

public static partial class torch
{
    /// <summary>Threads per operation on this thread.</summary>
    public static int get_num_threads() => Native.mt_get_threads();

    /// <summary>Sets the threads per operation on this thread.</summary>
    public static void set_num_threads(int num) => Native.Check(Native.mt_set_threads(num));
}
