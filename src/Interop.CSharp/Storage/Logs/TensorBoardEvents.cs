using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace MtrlFunctional.Storage;

/// <summary>
/// A TensorBoard event file with scalars, written by hand: the format is a frame around each record
/// and a handful of protobuf fields. Not thread-safe.
/// </summary>
/// <remarks>
/// Frame: length (u64), masked CRC-32C of the length, record, masked CRC-32C of the record
/// (tensorflow/core/lib/io/record_writer.h). Record: <c>Event { 1: wall_time double, 2: step int64,
/// 3: file_version string, 5: Summary { 1: Value { 1: tag string, 2: simple_value float } } }</c>
/// (tensorflow/core/util/event.proto, framework/summary.proto).
/// </remarks>
public sealed class TensorBoardEvents : RunLog
{
    /// <summary>Opens an event file.</summary>
    /// <param name="path">The file; TensorBoard requires "tfevents" in its name.</param>
    /// <param name="wallTime">Written into the first record of a new file.</param>
    /// <param name="position">0 for a new run, or <see cref="RunLog.Position"/> of the resumed checkpoint.</param>
    /// <exception cref="MtrlException">The file cannot be written.</exception>
    public TensorBoardEvents(string path, DateTimeOffset wallTime, long position = 0)
        : base(path, position, WholeRecords)
    {
        if (Position > 0)
            return;
        var record = Start(wallTime, 0);
        Bytes(record, 3, "brain.Event:2"u8);
        Write(Frame(record));
    }

    /// <summary>The name TensorBoard gives to its files.</summary>
    /// <param name="wallTime">When the run started.</param>
    /// <returns>"events.out.tfevents.SECONDS.HOST".</returns>
    public static string FileName(DateTimeOffset wallTime) =>
        FormattableString.Invariant($"events.out.tfevents.{wallTime.ToUnixTimeSeconds():D10}.{Environment.MachineName}");

    /// <summary>Appends scalars of one step, in one record.</summary>
    /// <param name="wallTime">When they were measured.</param>
    /// <param name="step">Environment steps of every task.</param>
    /// <param name="scalars">Values by tag, such as "Train/actor_loss".</param>
    /// <exception cref="MtrlException">The disk is full or failed; only this record is lost.</exception>
    public void Append(DateTimeOffset wallTime, long step, IEnumerable<KeyValuePair<string, double>> scalars)
    {
        var summary = new List<byte>();
        foreach (var (tag, scalar) in scalars)
        {
            var value = new List<byte>();
            Bytes(value, 1, Encoding.UTF8.GetBytes(tag));
            Key(value, 2, wireType: 5);
            Fixed32(value, BitConverter.SingleToUInt32Bits((float)scalar));
            Bytes(summary, 1, value.ToArray());
        }

        var record = Start(wallTime, step);
        Bytes(record, 5, summary.ToArray());
        Write(Frame(record));
    }

    private static List<byte> Start(DateTimeOffset wallTime, long step)
    {
        var record = new List<byte>();
        Key(record, 1, wireType: 1);
        var seconds = wallTime.ToUnixTimeMilliseconds() / 1000.0;
        Span<byte> bits = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bits, seconds);
        record.AddRange(bits);
        Key(record, 2, wireType: 0);
        Varint(record, (ulong)step);
        return record;
    }

    private static byte[] Frame(List<byte> record)
    {
        var frame = new byte[record.Count + 16];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)record.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), MaskedCrc(frame.AsSpan(0, 8)));
        record.CopyTo(frame, 12);
        var data = frame.AsSpan(12, record.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12 + record.Count), MaskedCrc(data));
        return frame;
    }

    /// <summary>Length of the records that are whole, by their frames.</summary>
    private static long WholeRecords(string path)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(path);
        var at = 0;
        while (file.Length - at >= 16)
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(file[at..]);
            if (length > (ulong)(file.Length - at - 16))
                break;
            at += (int)length + 16;
        }

        return at;
    }

    /// <summary>CRC-32C, rotated and shifted so that a CRC of data that holds CRCs stays meaningful.</summary>
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
            crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8u;
    }

    private static void Bytes(List<byte> into, int field, ReadOnlySpan<byte> bytes)
    {
        Key(into, field, wireType: 2);
        Varint(into, (ulong)bytes.Length);
        into.AddRange(bytes);
    }

    private static void Key(List<byte> into, int field, int wireType) => Varint(into, (ulong)((field << 3) | wireType));

    private static void Varint(List<byte> into, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            into.Add((byte)(value | 0x80));
        into.Add((byte)value);
    }

    private static void Fixed32(List<byte> into, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        into.AddRange(bytes);
    }
}
