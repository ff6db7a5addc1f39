using Google.Protobuf;

namespace MtrlFunctional.Tests.Storage;

internal sealed record DecodedEvent(double WallTime, long Step, string FileVersion, List<(string Tag, float Value)> Scalars);

/// <summary>
/// Decodes event files independently of the writer: CRC bit by bit from the reversed polynomial of
/// Castagnoli.
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
        var input = new CodedInputStream(record);
        while (input.ReadTag() is var tag and not 0)
            switch (tag >> 3)
            {
                case 1: decoded = decoded with { WallTime = input.ReadDouble() }; break;
                case 2: decoded = decoded with { Step = input.ReadInt64() }; break;
                case 3: decoded = decoded with { FileVersion = input.ReadString() }; break;
                case 5: decoded.Scalars.AddRange(Scalars(input.ReadBytes())); break;
                default: throw new InvalidDataException($"field {tag >> 3}");
            }

        return decoded;
    }

    /// <summary>Of each, the name in field 1 and the number in field 2.</summary>
    private static IEnumerable<(string Tag, float Value)> Scalars(ByteString summary)
    {
        for (var input = summary.CreateCodedInput(); input.ReadTag() != 0;)
        {
            var scalar = input.ReadBytes().CreateCodedInput();
            scalar.ReadTag();
            var name = scalar.ReadString();
            scalar.ReadTag();
            yield return (name, scalar.ReadFloat());
        }
    }
}
