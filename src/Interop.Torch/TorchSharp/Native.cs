using System.Runtime.InteropServices;
using Tensor = TorchSharp.torch.Tensor;

namespace TorchSharp;

/// <summary>The functions of native/mtrl_torch.h: process, lifetime, data, random, gradients.</summary>
internal static unsafe partial class Native
{
    private const string Library = "mtrl_torch";

    [LibraryImport(Library)]
    internal static partial nint mt_last_error();

    [LibraryImport(Library)]
    internal static partial nint mt_version();

    [LibraryImport(Library)]
    internal static partial nint mt_build();

    [LibraryImport(Library)]
    internal static partial int mt_cuda_available();

    [LibraryImport(Library)]
    internal static partial int mt_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial int mt_graphs_available();

    [LibraryImport(Library)]
    internal static partial nint mt_graph_begin(int device);

    [LibraryImport(Library)]
    internal static partial int mt_graph_end(nint graph);

    [LibraryImport(Library)]
    internal static partial int mt_graph_launch(SafeHandle graph);

    [LibraryImport(Library)]
    internal static partial void mt_graph_free(nint graph);

    [LibraryImport(Library)]
    internal static partial nint mt_team_new(int count);

    [LibraryImport(Library)]
    internal static partial void mt_team_free(nint team);

    [LibraryImport(Library)]
    internal static partial void mt_team_begin(SafeHandle team);

    [LibraryImport(Library)]
    internal static partial int mt_team_enter(SafeHandle team, int rank);

    [LibraryImport(Library)]
    internal static partial int mt_team_leave(SafeHandle team, int rank);

    [LibraryImport(Library)]
    internal static partial int mt_team_sleepers(SafeHandle team);

    [LibraryImport(Library)]
    internal static partial int mt_get_threads();

    [LibraryImport(Library)]
    internal static partial int mt_set_threads(int count);

    [LibraryImport(Library)]
    internal static partial int mt_manual_seed(long seed);

    [LibraryImport(Library)]
    internal static partial int mt_grad_enabled();

    [LibraryImport(Library)]
    internal static partial void mt_set_grad_enabled(int enabled);

    [LibraryImport(Library)]
    internal static partial void mt_free(nint tensor);

    [LibraryImport(Library)]
    internal static partial int mt_dimensions(Tensor tensor);

    [LibraryImport(Library)]
    internal static partial int mt_shape(Tensor tensor, long* sizes);

    [LibraryImport(Library)]
    internal static partial long mt_count(Tensor tensor);

    [LibraryImport(Library)]
    internal static partial long mt_count(nint tensor);

    [LibraryImport(Library)]
    internal static partial long mt_element_size(Tensor tensor);

    [LibraryImport(Library)]
    internal static partial long mt_element_size(nint tensor);

    [LibraryImport(Library)]
    internal static partial void mt_tensor_options_of(Tensor tensor, NativeTensorOptions* place);

    [LibraryImport(Library)]
    internal static partial int mt_is_contiguous(Tensor tensor);

    [LibraryImport(Library)]
    internal static partial int mt_requires_grad(Tensor tensor);

    [LibraryImport(Library)]
    internal static partial int mt_set_requires_grad(Tensor tensor, int required);

    [LibraryImport(Library)]
    internal static partial void* mt_data(Tensor tensor);

    [LibraryImport(Library)]
    internal static partial int mt_item(Tensor tensor, NativeScalar* value);

    [LibraryImport(Library)]
    internal static partial int mt_copy(Tensor target, Tensor source);

    [LibraryImport(Library)]
    internal static partial Tensor mt_empty(long* sizes, int dimensions, NativeTensorOptions options);

    [LibraryImport(Library)]
    internal static partial Tensor mt_zeros(long* sizes, int dimensions, NativeTensorOptions options);

    [LibraryImport(Library)]
    internal static partial Tensor mt_full(long* sizes, int dimensions, NativeScalar value, NativeTensorOptions options);

    [LibraryImport(Library)]
    internal static partial Tensor mt_from_data(void* data, long* sizes, int dimensions, int type);

    [LibraryImport(Library)]
    internal static partial Tensor mt_to(Tensor tensor, NativeTensorOptions options);

    [LibraryImport(Library)]
    internal static partial int mt_copy_all(nint targets, nint sources, int count);

    [LibraryImport(Library)]
    internal static partial nint mt_generator_new(ulong seed, int device, int index);

    [LibraryImport(Library)]
    internal static partial void mt_generator_free(nint generator);

    [LibraryImport(Library)]
    internal static partial int mt_generator_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    internal static partial Tensor mt_randn(long* sizes, int dimensions, nint generator, NativeTensorOptions options);

    [LibraryImport(Library)]
    internal static partial Tensor mt_rand(long* sizes, int dimensions, nint generator, NativeTensorOptions options);

    [LibraryImport(Library)]
    internal static partial int mt_grad(nint outputs, nint seeds, int outputCount, nint inputs, int inputCount, int retain, int create, int allowUnused, nint* gradients);
}
