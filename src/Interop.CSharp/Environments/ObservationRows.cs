namespace MtrlFunctional.Environments;

/// <summary>Observations in memory, one after the other: 32-bit floats, or the bytes of frames.</summary>
public readonly ref struct ObservationRows
{
    private ObservationRows(ReadOnlySpan<byte> memory, bool isBytes)
    {
        Memory = memory;
        IsBytes = isBytes;
    }

    /// <summary>The memory that holds them.</summary>
    public ReadOnlySpan<byte> Memory { get; }

    /// <summary>Whether a number is a byte, 0 to 255; else it is a 32-bit float.</summary>
    public bool IsBytes { get; }

    /// <summary>Numbers of all observations.</summary>
    public int Length => Memory.Length / NumberSize;

    private int NumberSize => IsBytes ? sizeof(byte) : sizeof(float);

    /// <summary>Observations of 32-bit floats.</summary>
    /// <param name="numbers">Row after row.</param>
    public static implicit operator ObservationRows(ReadOnlySpan<float> numbers) =>
        new(MemoryMarshal.AsBytes(numbers), isBytes: false);

    /// <summary>Observations of 32-bit floats.</summary>
    /// <param name="numbers">Row after row.</param>
    public static implicit operator ObservationRows(float[] numbers) => numbers.AsSpan();

    /// <summary>Observations of 32-bit floats.</summary>
    /// <param name="numbers">Row after row.</param>
    public static implicit operator ObservationRows(Span<float> numbers) => (ReadOnlySpan<float>)numbers;

    /// <summary>Observations of frames.</summary>
    /// <param name="frames">Row after row.</param>
    public static implicit operator ObservationRows(ReadOnlySpan<byte> frames) => new(frames, isBytes: true);

    /// <summary>Observations of frames.</summary>
    /// <param name="frames">Row after row.</param>
    public static implicit operator ObservationRows(byte[] frames) => (ReadOnlySpan<byte>)frames;

    /// <summary>A part of the rows.</summary>
    /// <param name="start">First number.</param>
    /// <param name="length">Numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">Beyond the end.</exception>
    public ObservationRows Slice(int start, int length) =>
        new(Memory.Slice(start * NumberSize, length * NumberSize), IsBytes);

    /// <summary>Copies them as floats; a byte becomes a number from 0 to 255.</summary>
    /// <param name="numbers">At least as many.</param>
    internal void CopyTo(Span<float> numbers)
    {
        if (!IsBytes)
            MemoryMarshal.Cast<byte, float>(Memory).CopyTo(numbers);
        else
            for (var i = 0; i < Memory.Length; i++)
                numbers[i] = Memory[i];
    }

    /// <summary>One observation.</summary>
    /// <param name="row">Which, from 0.</param>
    /// <param name="width">Numbers of an observation.</param>
    /// <exception cref="ArgumentOutOfRangeException">Beyond the end.</exception>
    public ObservationRows Row(int row, int width) => Slice(row * width, width);
}
