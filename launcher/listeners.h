#pragma once

#include <vector>

#include "launcher/listener.h"

/// All listeners of one generation: one for each socket that is ours to make, in the manifest's order.
namespace launcher {

/// Makes them, unpublished; all or none. Errors as make_listener.
ownership::Result<std::vector<Listener>> make_listeners(const manifests::Manifest& manifest,
                                                        const ownership::Claim& claim);

/// Publishes each. Errors: system_call, naming the first that cannot be. Allocates only for an error.
ownership::Result<void> publish(const std::vector<Listener>& listeners, const ownership::Claim& claim) noexcept;

bool are_queues_empty(const std::vector<Listener>& listeners) noexcept;

/// Discards each, and forgets them.
void discard(std::vector<Listener>& listeners, const ownership::Claim& claim) noexcept;

/// Discards what is not published, and closes our copies of what is: another launcher serves that, or will clear it.
void let_go(std::vector<Listener>& listeners, const ownership::Claim& claim) noexcept;

/// Whether one of them serves the holding with this number.
bool has_listener(const std::vector<Listener>& listeners, std::size_t holding) noexcept;

}  // namespace launcher
