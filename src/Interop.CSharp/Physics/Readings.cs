namespace MtrlFunctional.Physics;

/// <summary>Numbers of a world and its model that are read together, by their addresses: about a nanosecond each.</summary>
/// <remarks>Immutable. It belongs to one world; reading after that was disposed throws.</remarks>
public sealed unsafe class Readings
{
    private readonly World _world;

    internal Readings(World world, nint[] sources) => (_world, Sources) = (world, sources);

    /// <summary>Numbers that are read.</summary>
    public int Count => Sources.Length;

    internal nint[] Sources { get; }

    /// <summary>Reads all numbers.</summary>
    /// <param name="into">Receives <see cref="Count"/> numbers.</param>
    /// <exception cref="ArgumentException">Too little room.</exception>
    public void Read(Span<double> into)
    {
        Check(_world, into.Length);
        for (var i = 0; i < Sources.Length; i++)
            into[i] = *(double*)Sources[i];
        GC.KeepAlive(_world);
    }

    internal void Check(World world, int room)
    {
        if (!ReferenceEquals(world, _world))
            throw new ArgumentException("These readings belong to another world.");
        if (room < Sources.Length)
            throw new ArgumentException($"{Sources.Length} numbers are read, there is room for {room}.");
        _ = world.Handle;
    }

    /// <summary>Address of a number in native memory.</summary>
    internal static nint AddressOf(in double number)
    {
        fixed (double* at = &number)
            return (nint)at;
    }
}
