namespace MtrlFunctional.Tensors;

/// <content>What multiplies matrices.</content>
public static partial class Processor
{
    /// <summary>The kernel set of OpenBLAS in force, such as <c>SkylakeX</c>; null where BLAS is no OpenBLAS.</summary>
    public static string? BlasKernel => Blas.Core;

    /// <summary>Name, version and build of OpenBLAS; null where BLAS is another.</summary>
    public static string? BlasBuild => Blas.Build;
}
