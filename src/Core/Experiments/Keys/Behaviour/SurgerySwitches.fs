/// Switches of gradient surgery and loss weighting.
module internal MtrlFunctional.Experiments.SurgerySwitches

open MtrlFunctional.Experiments.Schema

let keys: Field<Behaviour> list = [
    switch
        "behaviour.surgery_of_shared_parameters"
        true
        {
            Original =
                "Surgery also combines the gradients of parameters that belong to one task, and PCGrad those of the temperatures."
            Corrected =
                "Surgery combines the gradients of shared parameters only; parameters of one task use their own gradient."
            Reason =
                "Gradients of parameters of different tasks cannot conflict; combined, they are scaled by conflicts of the shared ones."
        }
        _.SurgeryOfSharedParameters

    switch
        "behaviour.sum_surgery_over_losses"
        true
        {
            Original =
                "PCGrad of each loss overwrites the task encoder's gradient, so that of several losses (critics, transition and reward, decoder) it follows the last one only. Surgery has no part in the contrastive loss of HiP-BMDP."
            Corrected =
                "The task encoder follows the sum over the losses, as it does without surgery. Surgery combines what the tasks have of each loss, also of the contrastive loss of pairs."
            Reason =
                "Each loss that `agent.multitask.task_encoder_cfg.losses_to_train` names is to train the task encoder, and tasks conflict in each."
        }
        _.SumSurgeryOverLosses

    switch
        "behaviour.gradnorm_first_loss"
        true
        {
            Original =
                "GradNorm's first loss is overwritten in each update, its scaled weights are discarded, and losses are weighted by the unscaled ones, which are learned by Adam at 1e-6."
            Corrected =
                "Rates of training refer to the first loss; weights are scaled to add up to the number of tasks."
            Reason =
                "As coded a weight changes by at most a tenth in 100,000 updates, and rates of training are not balanced."
        }
        _.GradNormFirstLoss
]
