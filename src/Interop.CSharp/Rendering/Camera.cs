namespace MtrlFunctional.Rendering;

/// <summary>The viewpoint of an image.</summary>
public abstract record Camera
{
    private Camera()
    {
    }

    /// <summary>The robot and its table, in any scene of Meta-World.</summary>
    public static Camera Overview { get; } = new Free(0, 0.32, -0.02, Distance: 2.1, Azimuth: 145.7, Elevation: -32);

    /// <summary>The table top, in any scene of Meta-World.</summary>
    public static Camera Close { get; } = new Free(0.02, 0.68, 0.12, Distance: 0.98, Azimuth: 142, Elevation: -27);

    /// <summary>A camera of the scene; whether it exists shows when it is used.</summary>
    /// <param name="Index">Its number in the MJCF, from 0.</param>
    public sealed record Numbered(int Index) : Camera;

    /// <summary>A camera of the scene; whether it exists shows when it is used.</summary>
    /// <param name="Name">For example topview, corner2, behindGripper, gripperPOV.</param>
    /// <param name="Upright">Meta-World's corner cameras are upside down; true: their pictures are turned by 180°.</param>
    public sealed record Named(string Name, bool Upright = false) : Camera;

    /// <summary>A camera of one's choice, upright.</summary>
    /// <param name="X">The point looked at, metres.</param>
    /// <param name="Y">The point looked at, metres.</param>
    /// <param name="Z">The point looked at, metres.</param>
    /// <param name="Distance">From there, metres.</param>
    /// <param name="Azimuth">Viewing direction in the plane, degrees: 0 along x, 90 along y.</param>
    /// <param name="Elevation">Viewing direction, degrees: −90 straight down.</param>
    public sealed record Free(double X, double Y, double Z, double Distance, double Azimuth, double Elevation) : Camera;
}
