namespace MtrlFunctional.Rendering;

/// <summary>Graphics library for rendering, one for the whole process; numbered as in <c>mtrl_render.h</c>.</summary>
public enum GraphicsLibrary
{
    /// <summary>In software, on any machine (Debian, Ubuntu: package libosmesa6).</summary>
    OsMesa = 1,

    /// <summary>On a GPU, without a window.</summary>
    Egl = 2,
}

/// <summary>Which graphics library this process draws with, chosen at the first picture.</summary>
/// <remarks>As with other programs on MuJoCo, the environment variable MUJOCO_GL names it (<c>osmesa</c> or <c>egl</c>) and
/// MUJOCO_EGL_DEVICE_ID the GPU; without them it is EGL where a GPU is available, else OSMesa.</remarks>
public static class Graphics
{
    /// <summary>Valid values of MUJOCO_GL.</summary>
    private static readonly string[] _names = ["osmesa", "egl"];

    private static readonly Lazy<GraphicsLibrary> _library = new(
        () => Choose(
            Environment.GetEnvironmentVariable("MUJOCO_GL"),
            Environment.GetEnvironmentVariable("MUJOCO_EGL_DEVICE_ID")));

    /// <summary>The graphics library of this process.</summary>
    /// <exception cref="RenderingException">No graphics library, or MUJOCO_GL is wrong; the message has the remedy.</exception>
    public static GraphicsLibrary Library => _library.Value;

    /// <summary>Name of the renderer: "llvmpipe (LLVM 15.0.6, 256 bits)".</summary>
    /// <exception cref="RenderingException">As for <see cref="Library"/>.</exception>
    public static string Device
    {
        get
        {
            _ = Library;
            return Marshal.PtrToStringUTF8(Native.mtrl_graphics_name())!;
        }
    }

    /// <summary>Whether pictures can be drawn here; <see cref="Library"/> gives the reason if not.</summary>
    public static bool IsAvailable
    {
        get
        {
            try
            {
                _ = Library;
                return true;
            }
            catch (RenderingException)
            {
                return false;
            }
        }
    }

    /// <summary>Applies the two environment variables.</summary>
    internal static GraphicsLibrary Choose(string? wanted, string? device)
    {
        _ = Model.EngineVersion;
        var number = -1;
        if (!string.IsNullOrEmpty(device) && !(int.TryParse(device, out number) && number >= 0))
            throw new RenderingException($"MUJOCO_EGL_DEVICE_ID={device}: must be the number of a GPU, 0 or more.");
        switch (wanted?.ToLowerInvariant())
        {
            case null or "":
                return TryOpen(GraphicsLibrary.Egl, number, hardware: true) is null ? GraphicsLibrary.Egl : OpenOsMesa();
            case "osmesa":
                return OpenOsMesa();
            case "egl":
                return TryOpen(GraphicsLibrary.Egl, number, hardware: false) is { } reason
                    ? throw new RenderingException(
                        $"MUJOCO_GL=egl: {reason}. Packages: libegl1 and the driver of the GPU; MUJOCO_GL=osmesa draws in software.")
                    : GraphicsLibrary.Egl;
            default:
                throw new RenderingException(
                    $"MUJOCO_GL={wanted}: pictures are drawn without a window, by osmesa (software) or egl (GPU)."
                    + Nearest.Hint(_names, wanted));
        }
    }

    private static GraphicsLibrary OpenOsMesa() =>
        TryOpen(GraphicsLibrary.OsMesa, -1, hardware: false) is { } reason
            ? throw new RenderingException(
                $"No pictures can be drawn: {reason}. Install OSMesa (Debian, Ubuntu: 'apt-get install libosmesa6', or ./mtrl build).")
            : GraphicsLibrary.OsMesa;

    // Null: it works.
    private static string? TryOpen(GraphicsLibrary library, int device, bool hardware) =>
        Native.mtrl_graphics_open((int)library, device, hardware ? 1 : 0) == Native.Failed ? Native.Error : null;
}
