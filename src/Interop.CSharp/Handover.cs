namespace MtrlFunctional;

/// <summary>Resources on the way to their owner.</summary>
internal static class Handover
{
    /// <summary>Makes the owner of a resource, or disposes the resource where that fails.</summary>
    internal static TOwner HandedTo<T, TOwner>(this T resource, Func<T, TOwner> make)
        where T : IDisposable?
    {
        try
        {
            return make(resource);
        }
        catch
        {
            resource?.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a resource, or disposes it where that fails.</summary>
    /// <returns>The resource.</returns>
    internal static T Prepared<T>(this T resource, Action<T> prepare)
        where T : IDisposable => resource.HandedTo(it =>
    {
        prepare(it);
        return it;
    });
}
