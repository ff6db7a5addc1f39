using System.Runtime.Intrinsics.X86;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Torch;

/// <summary>What holds for the kernels for AVX-512 only: on other processors libtorch computes the layers.</summary>
internal static class WideKernels
{
    /// <summary>Whether layers are computed by them.</summary>
    internal static bool AreUsed => Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported;

    /// <summary>Leaves a test inconclusive where they are not.</summary>
    internal static void Assume() => NUnit.Framework.Assume.That(AreUsed, "this processor has no AVX-512: libtorch computes the layers");
}
