using System.Text;

namespace MtrlFunctional.Tests.Storage;

internal sealed record DecodedEvent(double WallTime, long Step, string FileVersion, List<(string Tag, float Value)> Scalars);

/// <summary>
/// Decodes event files independently of the writer: CRC bit by bit from the reversed polynomial of
/// Castagnoli, protobuf field by field.
/// </summary>
internal static class EventReader
{
    public static List<DecodedEvent> Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var events = new List<DecodedEvent>();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadBytes(8);
            Check(reader, length);
            var record = reader.ReadBytes((int)BitConverter.ToUInt64(length));
            Check(reader, record);
            events.Add(Decode(record));
        }

        return events;
    }

    private static void Check(BinaryReader reader, byte[] data)
    {
        var masked = reader.ReadUInt32();
        var rotated = masked - 0xa282ead8u;
        if (((rotated >> 17) | (rotated << 15)) != Crc(data))
            throw new InvalidDataException("CRC differs");
    }

    private static uint Crc(byte[] data)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in data)
        {
            crc ^= b;
            for (var i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }

        return ~crc;
    }

    private static DecodedEvent Decode(byte[] record)
    {
        var decoded = new DecodedEvent(0, 0, "", []);
        foreach (var (field, value) in Fields(record))
        {
            switch (field)
            {
                case 1: decoded = decoded with { WallTime = BitConverter.ToDouble(value) }; break;
                case 2: decoded = decoded with { Step = BitConverter.ToInt64(value) }; break;
                case 3: decoded = decoded with { FileVersion = Encoding.UTF8.GetString(value) }; break;
                case 5:
                    foreach (var (_, scalar) in Fields(value))
                    {
                        var parts = Fields(scalar).ToDictionary(p => p.Field, p => p.Value);
                        decoded.Scalars.Add((Encoding.UTF8.GetString(parts[1]), BitConverter.ToSingle(parts[2])));
                    }

                    break;
                default: throw new InvalidDataException($"field {field}");
            }
        }

        return decoded;
    }

    private static IEnumerable<(int Field, byte[] Value)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var length = (key & 7) switch { 0 => 0, 1 => 8, 5 => 4, 2 => (int)Varint(message, ref at), _ => -1 };
            var value = (key & 7) == 0 ? BitConverter.GetBytes(Varint(message, ref at)) : message[at..(at + length)];
            at += length;
            yield return ((int)(key >> 3), value);
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = message[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if ((b & 0x80) == 0)
                return value;
        }
    }
}
