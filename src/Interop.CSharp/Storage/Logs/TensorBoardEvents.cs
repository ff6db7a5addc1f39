using System.Buffers.Binary;
using System.Numerics;

namespace MtrlFunctional.Storage;

/// <summary>A TensorBoard event file with scalars: a frame around each record of a few protobuf fields. Not
/// thread-safe.</summary>
/// <remarks>Frame: length (u64), masked CRC-32C of the length, record, masked CRC-32C of the record
/// (tensorflow/core/lib/io/record_writer.h). Record: <c>Event { 1: wall_time double, 2: step int64, 3: file_version string, 5:
/// Summary { 1: Value { 1: tag string, 2: simple_value float } } }</c> (tensorflow/core/util/event.proto,
/// framework/summary.proto). Protobuf writes numbers and texts as <see cref="BinaryWriter"/> does, with lengths and whole numbers
/// in seven bits a byte.</remarks>
internal sealed class TensorBoardEvents : RunLog
{
    // Eight times the number of a field, and its type: 0 whole number, 1 eight bytes, 2 with a length, 5 four bytes.
    private const byte WallTime = 0x09, Step = 0x10, FileVersion = 0x1a, Summary = 0x2a, Value = 0x0a, Tag = 0x0a, SimpleValue = 0x15;

    /// <summary>Opens an event file; TensorBoard requires "tfevents" in its name. The time is written into the first record of
    /// a new one.</summary>
    internal TensorBoardEvents(string path, DateTimeOffset wallTime, long position = 0)
        : base(path, position, WholeRecords)
    {
        if (Position > 0)
            return;
        Append(wallTime, 0, record =>
        {
            record.Write(FileVersion);
            record.Write("brain.Event:2");
        });
    }

    /// <summary>The name TensorBoard gives to the file of a run by its start: "events.out.tfevents.SECONDS.HOST".</summary>
    internal static string FileName(DateTimeOffset wallTime) =>
        FormattableString.Invariant($"events.out.tfevents.{wallTime.ToUnixTimeSeconds():D10}.{Environment.MachineName}");

    /// <summary>Appends scalars of one step by their tags, such as "Train/actor_loss", in one record.</summary>
    internal void Append(DateTimeOffset wallTime, long step, IEnumerable<KeyValuePair<string, double>> scalars) =>
        Append(wallTime, step, record => WriteMessage(record, Summary, summary =>
        {
            foreach (var (tag, scalar) in scalars)
                WriteMessage(summary, Value, value =>
                {
                    value.Write(Tag);
                    value.Write(tag);
                    value.Write(SimpleValue);
                    value.Write((float)scalar);
                });
        }));

    private void Append(DateTimeOffset wallTime, long step, Action<BinaryWriter> content)
    {
        var record = Bytes(writer =>
        {
            writer.Write(WallTime);
            writer.Write(wallTime.ToUnixTimeMilliseconds() / 1000.0);
            writer.Write(Step);
            writer.Write7BitEncodedInt64(step);
            content(writer);
        });
        var length = Bytes(writer => writer.Write((ulong)record.Length));
        Write(Bytes(frame =>
        {
            frame.Write(length);
            frame.Write(MaskedCrc(length));
            frame.Write(record);
            frame.Write(MaskedCrc(record));
        }));
    }

    private static void WriteMessage(BinaryWriter writer, byte field, Action<BinaryWriter> content)
    {
        var message = Bytes(content);
        writer.Write(field);
        writer.Write7BitEncodedInt(message.Length);
        writer.Write(message);
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
            write(writer);
        return stream.ToArray();
    }

    /// <summary>Length of the records that are whole, by their frames.</summary>
    private static long WholeRecords(byte[] file)
    {
        var at = 0;
        while (file.Length - at >= 16)
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            if (length > (ulong)(file.Length - at - 16))
                break;
            at += (int)length + 16;
        }

        return at;
    }

    /// <summary>CRC-32C, rotated and shifted so that a CRC of data that holds CRCs stays meaningful.</summary>
    private static uint MaskedCrc(byte[] data) =>
        BitOperations.RotateRight(~data.Aggregate(uint.MaxValue, BitOperations.Crc32C), 15) + 0xa282ead8u;
}
