using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Constants of Adam (Kingma and Ba 2015, arXiv:1412.6980), in the conventions of torch.optim.Adam. Native code has them in this
/// order.</summary>
/// <param name="Rate">Learning rate.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">L2 penalty, added to the gradient.</param>
public readonly record struct AdamRule(double Rate, double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>Result of a step of Adam: new flat vectors; the old ones are not changed.</summary>
/// <param name="Parameters">New parameters.</param>
/// <param name="Mean">New first moment: the decayed mean of the gradient.</param>
/// <param name="Square">New second moment: the decayed mean of its square.</param>
public sealed record AdamOutcome(Tensor Parameters, Tensor Mean, Tensor Square);
