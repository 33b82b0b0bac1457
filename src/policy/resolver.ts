/** What a resolv.conf(5) names. */
export interface Resolver {
  dnsServers: string[];
  searchList: string[];
}

/** The text of a resolv.conf(5); glibc uses the first three servers, and asks the next after a second. */
export function resolverText({ dnsServers, searchList }: Resolver): string {
  const search = searchList.length > 0 ? [`search ${searchList.join(" ")}`] : [];
  const servers = [...new Set(dnsServers)].slice(0, 3).map((address) => `nameserver ${address}`);
  return ["# Written by zos-boot.", ...search, ...servers, "options timeout:1 attempts:3", ""].join("\n");
}

/** The DNS servers that a resolv.conf(5) names. */
export function nameserversIn(text: string): string[] {
  return [...text.matchAll(/^nameserver[ \t]+(\S+)/gm)].map(([, address = ""]) => address);
}
