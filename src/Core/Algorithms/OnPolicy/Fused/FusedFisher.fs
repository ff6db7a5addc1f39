/// Products with the Fisher matrix of a small policy, each in one native call.
///
/// At the parameters of the policy before, the mean divergence has no gradient by means and log σ, so that its Hessian
/// is exactly Jᵀ F J: J is the derivative of means and log σ by the parameters, and F the Fisher matrix of a Gaussian,
/// 1/σ² for a mean and 2 for a log σ (Martens 2020, arXiv:1412.1193, §9). Other networks are differentiated twice
/// (`Trpo`).
module internal MtrlFunctional.Algorithms.FusedFisher

open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.Preparation

/// v ↦ H v for the Hessian of the mean divergence at the parameters of the policy before the update; none if the policy
/// is not small.
let product (agent: OnPolicyAgent) (prepared: Prepared) (values: Tensor) =
    match FusedMlp.policy agent Ratio prepared with
    | Some objective when FusedMlp.IsAvailable values ->
        let rows = Minibatches.indices [ Preparation.allRows prepared ]
        let job = FusedMlp.job None rows { objective with Advantage = fun _ -> [||] }
        Some(fun (v: Tensor) -> FusedMlp.FisherProduct(job, values, v))
    | Some _
    | None -> None
