namespace MtrlFunctional.Policies;

/// <summary>The fields of a message of protobuf, one after the other. Classes of a schema would need its library.</summary>
internal ref struct ProtobufFields(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the field in its schema.</summary>
    internal int Number { get; private set; }

    /// <summary>Content of a text or of a message; of other fields, nothing.</summary>
    internal ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>A whole number; of other fields, 0.</summary>
    internal ulong Whole { get; private set; }

    /// <summary>Bytes behind the field.</summary>
    internal readonly int Left => _rest.Length;

    internal readonly string Text => Encoding.UTF8.GetString(Content);

    /// <summary>Goes to the next field.</summary>
    /// <returns>Whether there is one.</returns>
    internal bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        var key = Varint();
        (Number, Whole) = ((int)(key >> 3), 0);
        Content = default;
        switch (key & 7)
        {
            case 0:
                Whole = Varint();
                break;
            case 1:
                Take(sizeof(ulong));
                break;
            case 2:
                Content = Take(Varint());
                break;
            case 5:
                Take(sizeof(uint));
                break;
            default:
                throw new FormatException("a field is of no known kind");
        }

        return true;
    }

    /// <summary>Seven bits of each byte, the lowest first; the eighth says that another byte follows.</summary>
    private ulong Varint()
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }

        throw new FormatException("a number has more than 64 bits");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length)
            throw new FormatException("it ends within a field");
        var taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }
}
