using Google.Protobuf;

namespace MtrlFunctional.Policies;

/// <summary>A message of protocol buffers under construction: its fields, in the order in which they are added.</summary>
/// <remarks>The schema of ONNX has a dozen messages; a compiler of schemas is a larger dependency than they are.</remarks>
internal sealed class ProtobufMessage
{
    private readonly MemoryStream _bytes = new();
    private readonly CodedOutputStream _fields;

    /// <summary>An empty message.</summary>
    internal ProtobufMessage() => _fields = new CodedOutputStream(_bytes, leaveOpen: true);

    /// <summary>Adds a whole number.</summary>
    internal ProtobufMessage Add(int field, long number)
    {
        _fields.WriteTag(field, WireFormat.WireType.Varint);
        _fields.WriteInt64(number);
        return this;
    }

    /// <summary>Adds a number of four bytes.</summary>
    internal ProtobufMessage Add(int field, float number)
    {
        _fields.WriteTag(field, WireFormat.WireType.Fixed32);
        _fields.WriteFloat(number);
        return this;
    }

    /// <summary>Adds a text.</summary>
    internal ProtobufMessage Add(int field, string text)
    {
        _fields.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _fields.WriteString(text);
        return this;
    }

    /// <summary>Adds bytes.</summary>
    internal ProtobufMessage Add(int field, ReadOnlySpan<byte> bytes)
    {
        _fields.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _fields.WriteBytes(ByteString.CopyFrom(bytes));
        return this;
    }

    /// <summary>Adds a complete message.</summary>
    internal ProtobufMessage Add(int field, ProtobufMessage message) => Add(field, message.Bytes());

    /// <summary>Adds a field that is repeated, a message for each item.</summary>
    internal ProtobufMessage AddEach<TItem>(int field, IEnumerable<TItem> items, Func<TItem, ProtobufMessage> message)
    {
        foreach (var item in items)
            Add(field, message(item));
        return this;
    }

    /// <summary>The message in its binary form.</summary>
    internal ReadOnlySpan<byte> Bytes()
    {
        _fields.Flush();
        return _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);
    }
}
