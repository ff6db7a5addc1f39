namespace MtrlFunctional.Rendering;

/// <summary>Graphics library for rendering, one for the whole process.</summary>
public enum GraphicsLibrary
{
    /// <summary>In software, on any machine (Debian, Ubuntu: package libosmesa6).</summary>
    OsMesa = NativeCanvas.OsMesa,

    /// <summary>On a GPU, without a window.</summary>
    Egl = NativeCanvas.Egl,
}
